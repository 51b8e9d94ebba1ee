"""What it adds up to: charts, money flow, trends and results. Its first rooms are built with those procedures."""
