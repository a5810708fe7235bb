"""The distributed mode measured: PostgreSQL, Kafka and Yui on the processors of one machine, ratios of one run."""
