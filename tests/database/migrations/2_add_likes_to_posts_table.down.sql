alter table posts drop column likes;
