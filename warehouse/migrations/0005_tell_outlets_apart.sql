-- Outlets in exile, and the names that others give an outlet.

ALTER TABLE core.outlets ADD COLUMN exile_url VARCHAR;
COMMENT ON COLUMN core.outlets.exile_url IS 'For an outlet that works from abroad since its editors or its newsroom had to leave its country: a page that documents it; empty where none is known';
ALTER TABLE core.outlets ADD COLUMN aliases VARCHAR[];
COMMENT ON COLUMN core.outlets.aliases IS 'Further names by which aggregators call it';
