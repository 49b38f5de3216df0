create table users (
    id bigint generated always as identity primary key,
    name text not null,
    email text not null unique,
    password text not null
);

-- Devices that stay logged in, by hashes of their tokens.
create table remembered_devices (
    id text primary key,
    user_id text not null,
    version bigint not null,
    expires bigint not null,
    state text not null
);

create index remembered_devices_user_id on remembered_devices (user_id);

-- Links for forgotten passwords, by hashes of their tokens.
create table password_resets (
    user_id text primary key,
    token text not null unique,
    state text not null,
    created bigint not null
);
