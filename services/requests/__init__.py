"""依頼・訪問・活動: organisations, people and what they do — visits and activities."""
