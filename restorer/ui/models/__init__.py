"""Model > Manage models: what there is and what each can do; adding, checking, removing."""
