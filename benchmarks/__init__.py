"""Side by side measurements in one run; what counts is the ratio, since machines differ and are noisy."""
