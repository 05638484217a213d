// Prints what stdin has, a ticket a line (receiptline markdown as a JSON text), to a printer on a port of the
// loopback; says of each when it began, when it ended (seconds on the monotonic clock) and how.

const net = require('net');
const readline = require('readline');

const connect = net.connect;
net.connect = () => connect(Number(process.argv[2]), '127.0.0.1'); // it knows 9100 alone
const { print } = require('receiptio');

const now = () => Number(process.hrtime.bigint()) / 1e9;

readline.createInterface({ input: process.stdin }).on('line', async line => {
    const started = now();
    const result = await print(JSON.parse(line), '-d 127.0.0.1 -p epson -c 48 -l en');
    console.log(started, now(), result);
});
