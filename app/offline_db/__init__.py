"""What a device keeps on its disk: profile folder, encrypted database, backups, photos, registry file."""
