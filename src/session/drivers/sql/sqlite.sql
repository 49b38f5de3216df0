create table sessions (
    key blob primary key,
    version integer not null,
    deadline integer not null,
    payload blob not null,
    last_activity text not null default current_timestamp
) strict;
create index sessions_deadline on sessions (deadline);
create table session_tags (
    tag blob not null,
    key blob not null,
    until integer not null,
    primary key (tag, key)
) strict;
create index session_tags_until on session_tags (until);
