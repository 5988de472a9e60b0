"""Files the operator gives us, read row by row: a bad row is rejected with its reason, the others go on."""
