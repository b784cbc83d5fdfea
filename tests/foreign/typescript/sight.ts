// What each of five people sees of one record: the promise that the service makes about confidentiality.
import { as, claim, type Api, type Demo, type Persona } from './walk.js';

/** The five relations that one can stand in to the demo's first pair. */
export const FIVE = ['mentee', 'mentor', 'manager', 'coordinator', 'colleague'] as const;
export type Five = (typeof FIVE)[number];

/** The names of the fields that are hidden from somebody, or that the record is not there for them. */
export type Sight = readonly string[] | 'nothing';

interface Answer<T> {
  data?: T;
  response: Response;
}

/** Lets all five read one record and checks that each sees exactly what they should. Returns what the mentee sees. */
export async function everybodyReads<T extends { withheld: string[] }>(
  demo: Demo,
  read: (api: Api) => Promise<Answer<T>>,
  hidden: Partial<Record<Five, Sight>>,
): Promise<T> {
  const whole = await readAs(demo, 'mentee', read);
  claim(whole !== undefined && whole.withheld.length === 0, 'nothing is hidden from the mentee');
  for (const person of FIVE) {
    const expected = hidden[person] ?? [];
    const seen = await readAs(demo, person, read);
    if (expected === 'nothing' || !seen) {
      claim(expected === 'nothing' && !seen, `whether there is a record at all, for the ${person}`);
      continue;
    }
    same(seen.withheld, expected, `what is withheld from the ${person}`);
    // A hidden field is absent, one that is empty is null: together they are always the whole record.
    same(Object.keys(seen), Object.keys(whole).filter((field) => !expected.includes(field)), `what the ${person} gets`);
  }
  return whole;
}

async function readAs<T>(demo: Demo, person: Persona, read: (api: Api) => Promise<Answer<T>>): Promise<T | undefined> {
  const { data, response } = await read(as(demo, person));
  claim(response.ok || response.status === 404, `the ${person} is answered 200 or 404, not ${response.status}`);
  return response.ok ? data : undefined;
}

function same(actual: readonly string[], expected: readonly string[], what: string): void {
  const [left, right] = [actual, expected].map((names) => [...names].sort().join(' '));
  claim(left === right, `${what}: expected ${right || 'nothing'}, got ${left || 'nothing'}`);
}
