"""Plan, seed, trace and prove: which account leaked these customer records?"""
