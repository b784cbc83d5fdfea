// The same as verify.py, by the npm package standardwebhooks.
import { createInterface } from 'node:readline';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ fine: new Webhook(secret).verify(body, headers) }));
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(JSON.stringify({ refused: error.message }));
  }
}
