"""The till's side of the loyalty cloud: questions of the open sale, the queue, rules, members, its clock."""
