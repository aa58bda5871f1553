"""What a referral reaches after it was sent. Each is the column `is_<stage>` of `fct_referrals`, and a day that an export tells."""

DATES = {"accepted": "acceptance", "connected": "connection", "completed": "completion"}  # what the day is called
