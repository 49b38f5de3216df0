create table posts (
    id integer primary key,
    title varchar(100) not null unique
);
