/**
 * The lane thread: one poll loop that owns the TAP and the UDP sockets. It never returns to the event
 * loop; messages from the control thread are fetched when the eventfd rings.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { LaneLoop } from './lane-loop.js';
import type { LaneStart, ToLane } from './lane-messages.js';

const port = parentPort;
if (port === null) throw new Error('the lane runs as a worker of sennitd');

const loop = new LaneLoop(
  workerData as LaneStart,
  (message) => port.postMessage(message),
  () => receiveMessageOnPort(port)?.message as ToLane | undefined,
);
loop.run();
port.close();
