create table entries (
    id integer primary key,
    name text not null,
    message text not null,
    picture text,
    written_at text not null default current_timestamp
);
