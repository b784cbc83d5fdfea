// Runs the examples of docs/your-own-front-end.md against the demo, as far as they need no page.
//   node front-end.js TOKENS.json   (written by `mentorship demo --tokens-json`)
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { connect, good, isHidden, Refused, type Schemas } from './client.js';
import { schedule, showDay, showInstant } from './dates.js';
import { readGoal, saveTitle } from './etag.js';
import { messages as messagesOf } from './forms.js';
import { items, mentorsFor, unreadNotices } from './paging.js';
import { whoAmI } from './sign-in.js';
import { followNotices } from './streams.js';

const [file = ''] = process.argv.slice(2);
const demo = JSON.parse(readFileSync(file, 'utf8')) as { address: string; tokens: Record<string, string>; pair: string };
const tokenOf = (person: string) => async () => demo.tokens[person] ?? '';
const [mentee, mentor, manager] = ['mentee', 'mentor', 'manager'].map((person) => connect(demo.address, tokenOf(person)));
if (!mentee || !mentor || !manager) throw new Error('three people');

/** The problem with which a request is refused. */
async function refusal(request: Promise<unknown>): Promise<Refused> {
  return request.then(
    () => Promise.reject(new Error('it is not refused')),
    (reason: unknown) => (reason instanceof Refused ? reason : Promise.reject(reason)),
  );
}

// Sign-in.
const me = await whoAmI(mentee, () => ok(false, 'the token is good'));
deepStrictEqual([me.isAdmin, me.leads], [false, []]);
let hasToSignIn = false;
const stranger = connect(demo.address, async () => 'not-a-token');
await refusal(whoAmI(stranger, () => (hasToSignIn = true)));
ok(hasToSignIn, 'a wrong token leads to the sign-in');

// Paging.
const all: string[] = [];
for await (const person of items(async (cursor) => {
  const query = { limit: 50, ...(cursor ? { cursor } : {}) };
  return good(await mentee.GET('/v1/people', { params: { query } }));
})) all.push(person.id);
strictEqual(new Set(all).size, 121);
const [skill] = good(await mentee.GET('/v1/skills', { params: { query: { limit: 1 } } })).items;
for await (const person of mentorsFor(mentee, skill?.id ?? '')) ok(person.mentoring.offers_mentoring, `${person.name} offers mentoring`);

// Forms.
const wrong = await refusal(mentee.POST('/v1/goals', { body: { pair_id: demo.pair, title: '', target_on: 'tomorrow' } }).then(good));
const names = new Set(['/title', '/target_on']);
const { beside } = messagesOf(wrong.problem, names);
ok([...beside.keys()].some((name) => names.has(name)), JSON.stringify(wrong.problem));
const target_on = `${new Date().getFullYear() + 1}-06-30`;
const body = { pair_id: demo.pair, title: 'Say no', measurable: 'Four times', target_on };
const params = { header: { 'Idempotency-Key': crypto.randomUUID() } };
const made = good(await mentee.POST('/v1/goals', { params, body }));
strictEqual(good(await mentee.POST('/v1/goals', { params, body })).id, made.id);

// ETags.
const goal = await readGoal(mentee, made.id);
strictEqual(await readGoal(mentee, made.id, goal), goal);
const first = await saveTitle(mentor, await readGoal(mentor, made.id), 'Say no, kindly');
deepStrictEqual([first.saved, first.goal.record.title], [true, 'Say no, kindly']);
const second = await saveTitle(mentee, goal, 'Say no often');
deepStrictEqual([second.saved, second.goal.record.title], [false, 'Say no, kindly']);

// Dates.
const at = '2026-05-01T21:30:00Z';
strictEqual(showDay('2026-05-01', 'en-GB'), '1 May 2026');
ok(showInstant(at, 'en-GB', 'Europe/Zurich').includes('23:30'), 'the clock of Zurich');

// Streams: what happens after the stream was opened comes by itself.
const page = new AbortController();
const heard = new Promise<Schemas['NoticeView']>((resolve, reject) => {
  setTimeout(() => reject(new Error('no notice came')), 60_000).unref();
  // Notices of the goal above may come first.
  const show = (notice: Schemas['NoticeView']) => notice.kind === 'session.scheduled' && resolve(notice);
  followNotices(demo.address, tokenOf('mentor'), show, page.signal).catch(reject);
});
await new Promise((resolve) => setTimeout(resolve, 1000));
const local = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 16);
const session = await schedule(mentee, demo.pair, local, 3);
strictEqual((await heard).pair_id, demo.pair);
page.abort();
ok(session.series_id, 'a series');
ok((await unreadNotices(mentor)) > 0, 'at least that notice is unread');

// What is hidden.
const seen = good(await manager.GET('/v1/sessions/{id}', { params: { path: { id: session.id } } }));
ok(isHidden(seen, 'agenda') && seen.agenda === undefined, 'the agenda is hidden from the manager');
console.log('  ok the examples of docs/your-own-front-end.md');
