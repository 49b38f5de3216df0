alter table users drop column avatar;
alter table users drop column admin;
