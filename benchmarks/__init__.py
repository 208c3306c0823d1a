"""Commands that print ratio tables against peers and floors; none of them runs in the tests."""
