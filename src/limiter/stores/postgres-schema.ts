/**
 * All of the limiter's SQL.
 *
 * A budget is a key; its log is the rows of `admission`. `charge` does everything in one call: it locks each key, reads the
 * server's clock, deletes what is old, counts, and inserts if everything fits. The locks are advisory locks, which end with
 * the transaction and so cannot be left behind.
 */

/** The version of the functions and the table; stored as the comment of a function. */
export const SCHEMA_VERSION = 'odoo-link-mcp limiter, version 2';

/** The installed version; null if there is none. */
export const READ_VERSION = `
SELECT obj_description(to_regprocedure('odoo_link_limiter.clock_us()'), 'pg_proc') AS version`;

/** Charges by their position in the arrays; returns a row for each, in that order. */
export const CHARGE = `
SELECT at_us, admitted, remaining, retry_us, reset_us
FROM odoo_link_limiter.charge($1::uuid, $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::boolean)
ORDER BY place`;

/** Skips rows that other transactions are removing, so that it never waits and cannot deadlock. */
export const RELEASE = `
DELETE FROM odoo_link_limiter.admission WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM odoo_link_limiter.admission WHERE id = $1::uuid FOR UPDATE SKIP LOCKED))`;

/**
 * Removes what no key will ever need again. It keeps another hour, for servers that just got longer windows and for a clock
 * that is set back a little.
 */
export const SWEEP = `
DELETE FROM odoo_link_limiter.admission WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM odoo_link_limiter.admission
  WHERE at + window_us < odoo_link_limiter.clock_us() - 3600000000 FOR UPDATE SKIP LOCKED))`;

/** Creates or replaces everything; several servers may run it at once, and it may be run again. */
export const MIGRATE = `
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('odoo_link_limiter', 0));

-- A user without the right to create schemas can be given one.
DO $$ BEGIN
  IF to_regnamespace('odoo_link_limiter') IS NULL THEN CREATE SCHEMA odoo_link_limiter; END IF;
END $$;

CREATE TABLE IF NOT EXISTS odoo_link_limiter.admission (
  key text NOT NULL,
  at bigint NOT NULL,             -- microseconds since 1970 by the server's clock
  amount bigint NOT NULL,
  window_us bigint NOT NULL,      -- of the limit it was admitted under
  id uuid NOT NULL                -- of the reservation
);
CREATE INDEX IF NOT EXISTS admission_key_at ON odoo_link_limiter.admission (key, at);
CREATE INDEX IF NOT EXISTS admission_id ON odoo_link_limiter.admission (id);
CREATE INDEX IF NOT EXISTS admission_end ON odoo_link_limiter.admission ((at + window_us));

CREATE OR REPLACE FUNCTION odoo_link_limiter.clock_us() RETURNS bigint
LANGUAGE sql VOLATILE AS $$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint $$;

CREATE OR REPLACE FUNCTION odoo_link_limiter.charge(
  reservation uuid, keys text[], maxes bigint[], windows_us bigint[], amounts bigint[], observed boolean[], take boolean
) RETURNS TABLE (place int, at_us bigint, admitted boolean, remaining bigint, retry_us bigint, reset_us bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  turn bigint;
  clock bigint;
  kept_us bigint;
  latest bigint;
  used bigint;
  moments bigint[] := '{}';
BEGIN
  -- Only there does each statement see what was committed while this one waited for its turn.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the limiter needs the isolation level read committed';
  END IF;
  -- Admissions must survive a crash of the server, whatever the default here is.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  -- In one order, so that no two calls wait for each other in a circle.
  FOR turn IN SELECT DISTINCT hashtextextended(k, 0) AS hash FROM unnest(keys) AS k ORDER BY hash LOOP
    PERFORM pg_advisory_xact_lock(turn);
  END LOOP;

  FOR i IN 1 .. cardinality(keys) LOOP
    place := i;
    clock := odoo_link_limiter.clock_us();
    SELECT max(a.at), max(a.window_us) INTO latest, kept_us
      FROM odoo_link_limiter.admission a WHERE a.key = keys[i];
    -- When the clock was set back, time stands still for this key until the clock has caught up.
    at_us := greatest(clock, latest);
    moments := moments || at_us;
    IF take THEN
      DELETE FROM odoo_link_limiter.admission a
        WHERE a.key = keys[i] AND a.at <= at_us - greatest(kept_us, windows_us[i]);
    END IF;
    SELECT coalesce(sum(a.amount), 0) INTO used
      FROM odoo_link_limiter.admission a WHERE a.key = keys[i] AND a.at > at_us - windows_us[i];
    admitted := amounts[i] = 0 OR used + amounts[i] <= maxes[i];
    remaining := greatest(0, maxes[i] - used);
    -- By the clock, not by the time that may stand still: it is the caller who waits.
    reset_us := CASE WHEN used > 0 THEN latest + windows_us[i] - clock ELSE 0 END;
    retry_us := CASE WHEN admitted THEN 0 END;
    IF NOT admitted AND amounts[i] <= maxes[i] THEN
      SELECT min(s.at) + windows_us[i] - clock INTO retry_us
        FROM (
          SELECT a.at, sum(a.amount) OVER (ORDER BY a.at) AS leaving
            FROM odoo_link_limiter.admission a WHERE a.key = keys[i] AND a.at > at_us - windows_us[i]
        ) s WHERE s.leaving >= used + amounts[i] - maxes[i];
    END IF;
    take := take AND (admitted OR observed[i]);
    RETURN NEXT;
  END LOOP;

  IF take THEN
    INSERT INTO odoo_link_limiter.admission (key, at, amount, window_us, id)
      SELECT c.key, c.at, c.amount, c.window_us, reservation
        FROM unnest(keys, moments, amounts, windows_us) AS c (key, at, amount, window_us) WHERE c.amount > 0;
  END IF;
END $$;

COMMENT ON FUNCTION odoo_link_limiter.clock_us() IS '${SCHEMA_VERSION}';
COMMIT;
`;
