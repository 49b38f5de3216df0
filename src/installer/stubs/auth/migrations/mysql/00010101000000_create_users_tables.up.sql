create table users (
    id bigint not null auto_increment primary key,
    name varchar(255) not null,
    email varchar(255) collate utf8mb4_bin not null unique,
    password varchar(255) not null
);

-- Devices that stay logged in, by hashes of their tokens. Capital letters count.
create table remembered_devices (
    id varchar(36) character set ascii collate ascii_bin primary key,
    user_id varchar(255) character set utf8mb4 collate utf8mb4_bin not null,
    version bigint not null,
    expires bigint not null,
    state text not null
);

create index remembered_devices_user_id on remembered_devices (user_id);

-- Links for forgotten passwords, by hashes of their tokens.
create table password_resets (
    user_id varchar(255) character set utf8mb4 collate utf8mb4_bin primary key,
    token varchar(43) character set ascii collate ascii_bin not null unique,
    state text not null,
    created bigint not null
);
