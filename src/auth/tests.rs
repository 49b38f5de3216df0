//! What cannot be seen from outside: how many hashes a login takes, and who waits.
