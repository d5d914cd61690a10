-- Where the request was that asked for a job: a W3C `traceparent`, or nothing for jobs from before.
ALTER TABLE jobs ADD COLUMN trace VARCHAR(55) NOT NULL DEFAULT '';
