import * as z from 'zod';

// Imported before anything that makes schemas. Zod would compile each of them at its first use, which pays where a schema
// is used thousands of times; here it only makes the start longer.
z.config({ jitless: true });
