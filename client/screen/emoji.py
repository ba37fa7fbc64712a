"""Short names of emoji, as on other chats: the ones that people know by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE: Final = """
grinning 😀 smiley 😃 smile 😄 grin 😁 laughing 😆 sweat_smile 😅 joy 😂 rofl 🤣 slight_smile 🙂
upside_down 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star_struck 🤩 kissing_heart 😘 yum 😋
stuck_out_tongue 😛 zany 🤪 money_mouth 🤑 hugs 🤗 shushing 🤫 thinking 🤔 zipper_mouth 🤐
raised_eyebrow 🤨 neutral 😐 expressionless 😑 smirk 😏 unamused 😒 roll_eyes 🙄 grimacing 😬
relieved 😌 pensive 😔 sleepy 😪 drooling 🤤 sleeping 😴 mask 😷 sick 🤒 nauseated 🤢 sneezing 🤧
hot 🥵 cold 🥶 dizzy_face 😵 exploding_head 🤯 cowboy 🤠 partying 🥳 sunglasses 😎 nerd 🤓
confused 😕 worried 😟 frowning 🙁 open_mouth 😮 astonished 😲 flushed 😳 pleading 🥺 fearful 😨
cold_sweat 😰 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 weary 😩 tired 😫 yawning 🥱
triumph 😤 rage 😡 angry 😠 imp 👿 skull 💀 poop 💩 clown 🤡 ghost 👻 alien 👽 robot 🤖 cat 🐱
dog 🐶 fox 🦊 bear 🐻 panda 🐼 monkey 🐵 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 pig 🐷
frog 🐸 chicken 🐔 penguin 🐧 bird 🐦 duck 🦆 owl 🦉 unicorn 🦄 bee 🐝 bug 🐛 snail 🐌 turtle 🐢
snake 🐍 octopus 🐙 whale 🐳 fish 🐟 crab 🦀 rose 🌹 sunflower 🌻 tree 🌳 cactus 🌵 clover 🍀
wave 👋 raised_hand ✋ vulcan 🖖 ok_hand 👌 crossed_fingers 🤞 metal 🤘 call_me 🤙 point_left 👈
point_right 👉 point_up 👆 point_down 👇 thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 fist ✊ punch 👊
clap 👏 raised_hands 🙌 open_hands 👐 handshake 🤝 pray 🙏 writing ✍ muscle 💪 ear 👂 eyes 👀
brain 🧠 baby 👶 ninja 🥷 shrug 🤷 facepalm 🤦 bow 🙇 dancer 💃 running 🏃 heart ❤ orange_heart 🧡
yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 broken_heart 💔
two_hearts 💕 sparkling_heart 💖 kiss 💋 100 💯 anger 💢 boom 💥 dizzy 💫 dash 💨 bomb 💣 zzz 💤
speech_balloon 💬 fire 🔥 star ⭐ star2 🌟 sparkles ✨ zap ⚡ sunny ☀ cloud ☁ rain 🌧 snowflake ❄
snowman ⛄ rainbow 🌈 moon 🌙 earth 🌍 ocean 🌊 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine 🍷
champagne 🍾 cocktail 🍸 cake 🍰 birthday 🎂 cookie 🍪 pizza 🍕 burger 🍔 fries 🍟 taco 🌮
sushi 🍣 ramen 🍜 egg 🥚 bacon 🥓 bread 🍞 cheese 🧀 apple 🍎 banana 🍌 strawberry 🍓 avocado 🥑
popcorn 🍿 tada 🎉 gift 🎁 balloon 🎈 trophy 🏆 medal 🏅 soccer ⚽ basketball 🏀 dart 🎯 dice 🎲
game 🎮 guitar 🎸 music 🎵 mic 🎤 headphones 🎧 movie 🎬 art 🎨 camera 📷 tv 📺 computer 💻
keyboard ⌨ phone 📱 battery 🔋 bulb 💡 book 📖 books 📚 memo 📝 pencil ✏ paperclip 📎 pushpin 📌
scissors ✂ lock 🔒 unlock 🔓 key 🔑 hammer 🔨 wrench 🔧 gear ⚙ link 🔗 magnet 🧲 shield 🛡 bell 🔔
no_bell 🔕 mag 🔍 hourglass ⌛ alarm ⏰ stopwatch ⏱ calendar 📅 chart 📈 chart_down 📉 package 📦
mailbox 📫 email 📧 inbox 📥 outbox 📤 wastebasket 🗑 car 🚗 bus 🚌 train 🚆 bike 🚲 plane ✈
rocket 🚀 ship 🚢 anchor ⚓ house 🏠 office 🏢 hospital 🏥 school 🏫 construction 🚧
rotating_light 🚨 check ✅ heavy_check ✔ x ❌ warning ⚠ no_entry ⛔ question ❓
exclamation ❗ recycle ♻ sos 🆘 ok 🆗
new 🆕 cool 🆒 red_circle 🔴 green_circle 🟢 blue_circle 🔵 arrow_up ⬆ arrow_down ⬇ arrow_left ⬅
arrow_right ➡ flag 🚩 checkered_flag 🏁 white_flag 🏳 money 💰 gem 💎 crystal_ball 🔮 microscope 🔬
telescope 🔭 satellite 📡 pill 💊 syringe 💉 test_tube 🧪 broom 🧹 soap 🧼 sponge 🧽 bed 🛏
"""

_WORDS: Final = _TABLE.split()
EMOJI: Final[Mapping[str, str]] = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
"""The character by its short name, which is written ``:name:``."""
