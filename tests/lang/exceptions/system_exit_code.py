# exit: 3
raise SystemExit(3)
