"""How fast the plugin is, held against what AWS allows and against peers: `make bench` writes docs/performance.md."""
