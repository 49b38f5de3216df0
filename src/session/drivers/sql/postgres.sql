create table sessions (
    key bytea primary key,
    version bigint not null,
    deadline bigint not null,
    payload bytea not null,
    last_activity timestamptz not null default now()
);
create index sessions_deadline on sessions (deadline);
create table session_tags (
    tag bytea not null,
    key bytea not null,
    until bigint not null,
    primary key (tag, key)
);
create index session_tags_until on session_tags (until);
