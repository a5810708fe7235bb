"""帳票・ダッシュボード: read models over all topics, dashboards, the live page."""
