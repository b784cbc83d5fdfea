// The main job of the service, done by a program that knows nothing but the OpenAPI document: from a suggestion to a
// pair, through a session and a goal to the end, while five people look on and each sees only what is theirs to see.
// Usage: node main.js TOKENS.json   (written by `mentorship demo --tokens-json`)
import { everybodyReads } from './sight.js';
import { as, claim, good, readDemo, refused, step } from './walk.js';

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: main.js TOKENS.json');
const demo = readDemo(file);
const [admin, coordinator, manager] = [as(demo, 'admin'), as(demo, 'coordinator'), as(demo, 'manager')];
const [mentor, mentee, colleague] = [as(demo, 'mentor'), as(demo, 'mentee'), as(demo, 'colleague')];

/** What only the two of a pair see of it, and what people outside its line do not see either. */
const OF_THE_TWO = ['cadence', 'agreement', 'end_notes'];
const OF_THE_LINE = ['override_reason', 'end_reason', 'outcome_summary'];
const TALK = ['place', 'link', 'cancellation_reason', 'closed_by_id', 'warnings', 'agenda', 'notes', 'action_items', 'carried_over'];
const NOT_THEIRS = { manager: 'nothing', coordinator: 'nothing', colleague: 'nothing' } as const;

const at = (id: string) => ({ params: { path: { id } } });

await step('a stranger is refused', async () => {
  refused(401, await as(demo).GET('/v1/people'));
});

const suggestion = await step('the mentee finds a suggestion that nobody else of the five can see', async () => {
  const query = { status: 'open', limit: 1 } as const;
  const [found] = good(await mentee.GET('/v1/suggestions', { params: { query } })).items;
  if (!found) throw new Error('the demo has no open suggestion');
  claim(found.mentee?.id === demo.ids.mentee, 'it is for them');
  const read = { mentor: 'nothing', ...NOT_THEIRS } as const;
  return everybodyReads(demo, (api) => api.GET('/v1/suggestions/{id}', at(found.id)), read);
});

await step('an admin makes a pair of it, once, however often they ask', async () => {
  const params = { path: { id: suggestion.id }, header: { 'Idempotency-Key': 'walk-1' } };
  const ask = () => admin.POST('/v1/suggestions/{id}/create-pair', { params, body: { goals_focus: 'A second view' } });
  const [made, again] = [good(await ask()), good(await ask())];
  claim(made.status === 'accepted' && made.pair_id !== null, 'the suggestion is accepted');
  claim(again.pair_id === made.pair_id, 'the second request made nothing');
  const pair = good(await colleague.GET('/v1/pairs/{id}', at(made.pair_id ?? '')));
  claim(pair.status === 'active' && pair.mentor.id === suggestion.mentor?.id, 'the pair is there for all to see');
});

await step('the colleague asks the mentor, who says yes', async () => {
  const body = { mentor_id: demo.ids.mentor, mentee_id: demo.ids.colleague, cadence: 'monthly' } as const;
  const { id, status } = good(await colleague.POST('/v1/pairs', { body }));
  claim(status === 'proposed', 'it is a proposal');
  refused(403, await manager.POST('/v1/pairs/{id}/accept', { ...at(id), body: {} }));
  const pair = good(await mentor.POST('/v1/pairs/{id}/accept', { ...at(id), body: {} }));
  claim(pair.status === 'active', 'it begins with the second yes');
  refused(409, await colleague.POST('/v1/pairs', { body }));
  good(await colleague.POST('/v1/pairs/{id}/end', { ...at(id), body: { reason: 'other' } }));
});

await step("the five look at the demo's pair", async () => {
  const pair = await everybodyReads(demo, (api) => api.GET('/v1/pairs/{id}', at(demo.pair)), {
    manager: OF_THE_TWO, coordinator: OF_THE_TWO, colleague: [...OF_THE_LINE, ...OF_THE_TWO],
  });
  claim(pair.agreement?.text !== undefined, 'the two have an agreement');
});

const session = await step('the mentor schedules a session: the line knows when, the colleague not that', async () => {
  const body = { pair_id: demo.pair, starts_at: new Date().toISOString(), place: 'The long corridor', length_minutes: 30 };
  const { id } = good(await mentor.POST('/v1/sessions', { body }));
  return everybodyReads(demo, (api) => api.GET('/v1/sessions/{id}', at(id)), {
    manager: TALK, coordinator: TALK, colleague: 'nothing',
  });
});

await step('an agenda item is for the two, who cannot overwrite each other', async () => {
  const body = { topic: 'feedback', text: 'How do I say no?' } as const;
  const { id } = good(await mentee.POST('/v1/sessions/{id}/agenda-items', { ...at(session.id), body }));
  await everybodyReads(demo, (api) => api.GET('/v1/agenda-items/{id}', at(id)), NOT_THEIRS);
  const { response } = await mentor.GET('/v1/agenda-items/{id}', at(id));
  const seen = response.headers.get('etag') ?? '';
  const change = (etag?: string) => mentor.PATCH('/v1/agenda-items/{id}', {
    params: { path: { id }, header: etag ? { 'If-Match': etag } : {} },
    body: { text: 'How do I say no, kindly?' },
  });
  refused(428, await change());
  claim(good(await change(seen)).text?.endsWith('kindly?') === true, 'the text is changed');
  refused(412, await change(seen));
});

await step('a note and an action item are for the two', async () => {
  const note = { text: 'She says yes before the question ends.' };
  const { id } = good(await mentor.POST('/v1/sessions/{id}/notes', { ...at(session.id), body: note }));
  await everybodyReads(demo, (api) => api.GET('/v1/notes/{id}', at(id)), NOT_THEIRS);
  const body = { text: 'Say no once this week.', owner: 'mentee' } as const;
  const item = good(await mentor.POST('/v1/sessions/{id}/action-items', { ...at(session.id), body }));
  await everybodyReads(demo, (api) => api.GET('/v1/action-items/{id}', at(item.id)), NOT_THEIRS);
  const done = good(await mentee.POST('/v1/action-items/{id}/complete', { ...at(item.id), body: {} }));
  claim(done.status === 'completed' && done.closed_by_id === demo.ids.mentee, 'the mentee did it');
});

await step('the session is completed: its outcome is for the line, the talk for the two', async () => {
  const body = { outcome: 'One no a week, kindly.' };
  refused(403, await manager.POST('/v1/sessions/{id}/complete', { ...at(session.id), body }));
  refused(404, await colleague.POST('/v1/sessions/{id}/complete', { ...at(session.id), body }));
  good(await mentor.POST('/v1/sessions/{id}/complete', { ...at(session.id), body }));
  const whole = await everybodyReads(demo, (api) => api.GET('/v1/sessions/{id}', at(session.id)), {
    manager: TALK, coordinator: TALK, colleague: 'nothing',
  });
  claim(whole.notes?.length === 1 && whole.agenda?.length === 1, 'the two have what they wrote');
  const read = good(await manager.GET('/v1/sessions/{id}', at(session.id)));
  claim(read.outcome === body.outcome, 'the manager reads the outcome');
});

const goal = await step('the mentee sets a goal with a key result: everybody sees it', async () => {
  const body = {
    pair_id: demo.pair, title: 'Say no four times in a quarter', specific: 'To requests that are not mine',
    measurable: 'Four noes, written down', achievable: 'One in three weeks', relevant: 'I lead a project now',
    target_on: new Date(Date.now() + 80 * 86_400_000).toISOString().slice(0, 10),
  };
  const { id } = good(await mentee.POST('/v1/goals', { body }));
  const result = { title: 'Noes said', kind: 'number', target_value: 4 } as const;
  const made = good(await mentee.POST('/v1/goals/{id}/key-results', { ...at(id), body: result }));
  await everybodyReads(demo, (api) => api.GET('/v1/key-results/{id}', at(made.id)), {});
  good(await mentee.POST('/v1/goals/{id}/activate', { ...at(id), body: {} }));
  return { id, keyResult: made.id };
});

await step('a check-in moves it, for all to see', async () => {
  const key_results = [{ id: goal.keyResult, current_value: 2 }];
  const body = { confidence: 'on_track', key_results } as const;
  const { id } = good(await mentee.POST('/v1/goals/{id}/check-ins', { ...at(goal.id), body }));
  await everybodyReads(demo, (api) => api.GET('/v1/check-ins/{id}', at(id)), {});
  claim(good(await colleague.GET('/v1/goals/{id}', at(goal.id))).progress === 50, 'half way');
});

await step('what blocks it is for the two, until it is resolved and after', async () => {
  const body = { text: 'My manager asks me last, and late.' };
  const { id } = good(await mentee.POST('/v1/goals/{id}/blockers', { ...at(goal.id), body }));
  await everybodyReads(demo, (api) => api.GET('/v1/blockers/{id}', at(id)), NOT_THEIRS);
  good(await mentor.POST('/v1/blockers/{id}/resolve', { ...at(id), body: {} }));
  await everybodyReads(demo, (api) => api.GET('/v1/blockers/{id}', at(id)), NOT_THEIRS);
  await everybodyReads(demo, (api) => api.GET('/v1/goals/{id}', at(goal.id)), {
    manager: ['blockers'], coordinator: ['blockers'], colleague: ['result', 'outcome_summary', 'blockers'],
  });
});

await step('it is achieved and celebrated: the result is for the line, the joy for all', async () => {
  const body = { result: 'Four noes, no tears', outcome_summary: 'Ready to lead on her own.' };
  refused(403, await colleague.POST('/v1/goals/{id}/achieve', { ...at(goal.id), body }));
  good(await mentee.POST('/v1/goals/{id}/achieve', { ...at(goal.id), body }));
  const joy = { text: 'She said no to me, too. I am proud.' };
  const { id } = good(await mentor.POST('/v1/goals/{id}/celebrations', { ...at(goal.id), body: joy }));
  await everybodyReads(demo, (api) => api.GET('/v1/celebrations/{id}', at(id)), {});
  const seen = good(await coordinator.GET('/v1/goals/{id}', at(goal.id)));
  claim(seen.status === 'achieved' && seen.outcome_summary === body.outcome_summary, 'the lead reads what came of it');
});

await step('the pair ends with a reason for the line and a word for the two', async () => {
  const body = {
    reason: 'goals_met', outcome_summary: 'Leads the project.', end_note: 'Thank you for the long corridor.',
  } as const;
  refused(403, await colleague.POST('/v1/pairs/{id}/end', { ...at(demo.pair), body: { reason: 'other' } }));
  good(await mentee.POST('/v1/pairs/{id}/end', { ...at(demo.pair), body }));
  const pair = await everybodyReads(demo, (api) => api.GET('/v1/pairs/{id}', at(demo.pair)), {
    manager: OF_THE_TWO, coordinator: OF_THE_TWO, colleague: [...OF_THE_LINE, ...OF_THE_TWO],
  });
  claim(pair.status === 'ended' && pair.end_notes?.length === 1, 'it ended with a word');
  const read = good(await manager.GET('/v1/pairs/{id}', at(demo.pair)));
  claim(read.end_reason === 'goals_met', 'the manager reads why');
  refused(409, await mentor.POST('/v1/sessions', { body: { pair_id: demo.pair, starts_at: new Date().toISOString() } }));
});
