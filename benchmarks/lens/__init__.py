"""The folded view from 5 nodes to 100,000, beside the peers: `python -m benchmarks.lens`."""
