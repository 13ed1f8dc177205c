// Loaded into every child: it ends when the process that started it is gone, even by kill -9.
process.once('disconnect', () => process.exit());
process.channel?.unref();
