"""ポイント: earning, caps, point-years, carrying over and what a balance can be exchanged for."""
