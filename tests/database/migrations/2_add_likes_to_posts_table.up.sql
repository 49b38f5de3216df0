alter table posts add column likes integer not null default 0;
