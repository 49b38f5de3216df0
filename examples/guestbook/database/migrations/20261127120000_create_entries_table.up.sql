create table entries (
    id integer primary key,
    user_id integer not null references users (id) on delete cascade,
    message text not null,
    picture text,
    written_at text not null default current_timestamp
);

create index entries_user_id on entries (user_id);
