-- The database of bros and its login; run by sqlcmd, as often as one likes.
IF DB_ID('bros') IS NULL CREATE DATABASE bros;
GO
IF (SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = 'bros') = 0
    ALTER DATABASE bros SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
ALTER DATABASE bros SET ALLOW_SNAPSHOT_ISOLATION ON;
GO
IF SUSER_ID('bros') IS NULL
    CREATE LOGIN bros WITH PASSWORD = '$(BROS_LOGIN_PASSWORD)', DEFAULT_DATABASE = bros;
ELSE
    ALTER LOGIN bros WITH PASSWORD = '$(BROS_LOGIN_PASSWORD)';
GO
USE bros;
GO
-- Reading, writing, and changing the schema when a new version starts.
IF USER_ID('bros') IS NULL CREATE USER bros FOR LOGIN bros;
ALTER ROLE db_datareader ADD MEMBER bros;
ALTER ROLE db_datawriter ADD MEMBER bros;
ALTER ROLE db_ddladmin ADD MEMBER bros;
GO
