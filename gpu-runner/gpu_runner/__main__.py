from gpu_runner.cli import main

raise SystemExit(main())
