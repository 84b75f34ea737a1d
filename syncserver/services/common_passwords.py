"""Passwords that are long enough and yet among the first that anybody tries, in small letters."""

from typing import Final

COMMON: Final = frozenset(
    """
    000000000000 0123456789ab 012345678910 111111222222 112233445566 121212121212 123123123123 123321123321
    1234512345123 123456123456 123456654321 1234567812345678 123456789000 1234567890-= 123456789012 12345678910
    123456789101 1234567891011 1234567890123 12345678901234 123456789012345 1234567890123456 1234567890qwerty
    123456789abc 123456789qwe 123456qwerty 12345qwertasdfg 123qweasdzxc 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc
    1qaz2wsx3edc4rfv 987654321012 987654321098 999888777666 a1b2c3d4e5f6 a123456789012 aa1234567890 abc123abc123
    abc123456789 abcd12345678 abcdefghijkl abcdefghijklm abcdef123456 adminadminadmin administrator administrator1
    asdfasdfasdf asdfghjkl123 asdfghjkl;'' baseball1234 basketball12 changeme1234 changemechangeme
    correcthorsebatterystaple dragon123456 football1234 hello1234567 helloworld123 iloveyou1234 iloveyouiloveyou
    iloveyousomuch letmein12345 letmeinletmein liverpool123 liverpoolfc1 manchester12 michael12345 monkey123456
    mypassword12 mypassword123 newpassword1 newpassword123 p@ssw0rd1234 p@ssword1234 pa$$word1234 passw0rd1234
    password0000 password1111 password1234 password12345 password123456 password1234567890 password2023
    password2024 password2025 password2026 passwordpassword princess1234 q1w2e3r4t5y6 qazwsxedcrfv qazwsxedc123
    qwer1234qwer qwerasdfzxcv qwerty123456 qwerty12345678 qwerty1234567890 qwertyqwerty qwertyuiop12 qwertyuiop123
    qwertyuiop[] qwertyuiopas qwertyuiopasdfghjklzxcvbnm secret123456 smoothschedule smoothschedule1
    starwars1234 sunshine1234 superman1234 thisismypassword trustno1trustno1 welcome12345 welcome123456
    welcomewelcome whatever1234 zaq12wsxcde3 zxcvbnm12345 zxcvbnmasdfghjkl zxcvbnm,./12
    """.split()
)
