drop table password_resets;
drop table remembered_devices;
drop table users;
