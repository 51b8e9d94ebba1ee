check: lint test
