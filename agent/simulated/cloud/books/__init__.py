"""What the cloud knows and keeps: people, points, coupons, codes, bills, and the rules of its owner."""
