// The machinery of the walk: who speaks, what a step is, and how an answer is unpacked.
import { readFileSync } from 'node:fs';
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api.js';

/** What `mentorship demo --tokens-json FILE` writes. */
export interface Demo {
  address: string;
  tokens: Record<Persona, string>;
  ids: Record<Persona, string>;
  /** The first pair: of the mentor and the mentee, led by the coordinator. */
  pair: string;
}

export type Persona = 'admin' | 'coordinator' | 'manager' | 'mentor' | 'mentee' | 'colleague' | 'hris';
export type Api = Client<paths>;

export function readDemo(file: string): Demo {
  return JSON.parse(readFileSync(file, 'utf8')) as Demo;
}

/** The API as one persona sees it; without a persona, as a stranger does. */
export function as(demo: Demo, persona?: Persona): Api {
  const headers = persona ? { authorization: `Bearer ${demo.tokens[persona]}` } : {};
  return createClient<paths>({ baseUrl: demo.address, headers });
}

/** One answer of openapi-fetch, whatever its operation. */
interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer that must be a success; `undefined` where the document says that there is none. */
export function good<T>({ data, error, response }: Answer<T>): T {
  if (!response.ok) throw new Error(`${response.status} ${response.url}: ${JSON.stringify(error)}`);
  return data as T;
}

/** The body of an answer that must be a problem with this status. */
export function refused(status: number, { error, response }: Answer<unknown>): unknown {
  const kind = response.headers.get('content-type');
  if (response.status !== status || !kind?.startsWith('application/problem+json')) {
    throw new Error(`expected a ${status} problem, got ${response.status} ${kind} from ${response.url}`);
  }
  return error;
}

export function claim(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(`does not hold: ${sentence}`);
}

/** Runs one step of the walk under a sentence that says what it shows. */
export async function step<T>(sentence: string, body: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    const result = await body();
    console.log(`  ok ${sentence} (${Math.round(performance.now() - started)} ms)`);
    return result;
  } catch (cause) {
    throw new Error(sentence, { cause });
  }
}
