alter table users add column admin boolean not null default false;
alter table users add column avatar text;
