"""What a turn costs: our bot beside the stock SDK, its successor and a bare handler, in one run on one core."""
