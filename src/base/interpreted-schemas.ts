import * as z from 'zod';

// Must be imported before any module that creates schemas. By default zod compiles each schema on first use, which pays
// only if it is used thousands of times; here it would only slow down the start.
z.config({ jitless: true });
