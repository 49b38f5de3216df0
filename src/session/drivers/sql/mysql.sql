create table sessions (
    `key` binary(32) primary key,
    version bigint not null,
    deadline bigint not null,
    payload mediumblob not null,
    last_activity timestamp not null default current_timestamp,
    index sessions_deadline (deadline)
) engine = innodb;
create table session_tags (
    tag binary(16) not null,
    `key` binary(32) not null,
    until bigint not null,
    primary key (tag, `key`),
    index session_tags_until (until)
) engine = innodb;
