"""Community Safety Dashboard: from call and case exports to figures that leadership, council and the public can trust."""
