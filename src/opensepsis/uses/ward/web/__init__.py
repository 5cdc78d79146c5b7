"""The board in the browser: pages drawn on the server, changes pushed by server-sent events, no outside resource."""
