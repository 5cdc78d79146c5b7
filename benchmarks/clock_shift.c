/* Shifts the clock of the day of one program by the seconds in the file CLOCK_SHIFT; what counts from the start of the machine stays. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile long *shift(void) {
  static const volatile long *seconds;
  static const long none;
  if (!seconds) {
    int file = open(getenv("CLOCK_SHIFT"), O_RDONLY);
    void *at = file < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    seconds = at == MAP_FAILED ? &none : at;
  }
  return seconds;
}

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(which, now);
  if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *shift();
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec at;
  int failed = clock_gettime(CLOCK_REALTIME, &at);
  now->tv_sec = at.tv_sec;
  now->tv_usec = at.tv_nsec / 1000;
  return failed;
}

time_t time(time_t *told) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  if (told) *told = at.tv_sec;
  return at.tv_sec;
}
